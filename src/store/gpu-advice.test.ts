import { describe, expect, it } from 'vitest'
import { gpuAdvice } from './gpu-advice.ts'

describe('gpuAdvice', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', /enable-vulkan/],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
      /graphics acceleration/,
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', /about:config/],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
      /Safari has WebGPU from/,
    ],
    ['Lynx/2.9', /current Chrome/],
  ])('names the fix for %s', (userAgent, fix) => {
    expect(gpuAdvice({ userAgent, secure: true })).toMatch(fix)
  })

  it('puts an insecure page first', () => {
    expect(gpuAdvice({ userAgent: 'Chrome/140.0', secure: false })).toMatch(/https/)
  })
})
