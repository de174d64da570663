import { expect, test } from 'vitest'
import { asLoops, unroll } from './unroll.ts'

const plain = (code: string): string => code.replaceAll(/\s+/g, ' ').trim()

test('a marked loop is written out, its variable replaced by constants where it is a word of its own', () => {
  const code = '@unroll for (var g = 0u; g < GROUPS; g++) { x[g] = y.g + gg * g; }'
  expect(plain(unroll(code, { GROUPS: 2 }))).toBe('{ x[0u] = y.g + gg * 0u; } { x[1u] = y.g + gg * 1u; }')
})

test('loops within loops, and bounds as numbers', () => {
  const code = 'a(); @unroll for (var k = 0u; k < 2u; k++) { b(k); @unroll for (var r = 0u; r < 2; r++) { c(k, r); } } d();'
  expect(plain(unroll(code, {}))).toBe('a(); { b(0u); { c(0u, 0u); } { c(0u, 1u); } } { b(1u); { c(1u, 0u); } { c(1u, 1u); } } d();')
})

test('an inner block stays whole, other loops stay loops, comments go', () => {
  const code = 'for (var i = 0u; i < 3u; i++) { f(i); }\n@unroll for (var k = 0u; k < 1u; k++) { if (k < n) { g(k); } // }\n }'
  expect(plain(unroll(code, {}))).toBe('for (var i = 0u; i < 3u; i++) { f(i); } { if (0u < n) { g(0u); } }')
})

test('an unknown bound and a loop that never ends are errors', () => {
  expect(() => unroll('@unroll for (var k = 0u; k < MANY; k++) { }', {})).toThrow('runs to MANY')
  expect(() => unroll('@unroll for (var k = 0u; k < 2u; k++) { ', {})).toThrow('never closed')
})

test('as loops the same text is plain WGSL', () => {
  expect(asLoops('@unroll for (var k = 0u; k < 2u; k++) { f(k); }')).toBe('for (var k = 0u; k < 2u; k++) { f(k); }')
})
