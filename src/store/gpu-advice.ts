/** What a person can do when the page gets no GPU. */

/** What the page can know of the browser. */
export interface Browser {
  userAgent: string
  /** WebGPU is hidden from pages that came over plain http from another machine. */
  secure: boolean
}

/** One or two sentences that name the fix for this browser. */
export function gpuAdvice({ userAgent, secure }: Browser): string {
  if (!secure) return 'Browsers offer WebGPU to secure pages only: open this page over https, or from localhost.'
  const linux = /Linux|X11/.test(userAgent) && !/Android/.test(userAgent)
  if (/Firefox\//.test(userAgent))
    return 'Firefox has WebGPU on Windows and on Macs with Apple chips; elsewhere set dom.webgpu.enabled to true in about:config, or use Chrome or Edge.'
  if (/(Chrome|Chromium|Edg)\//.test(userAgent))
    return linux
      ? 'In Chrome on Linux turn on chrome://flags/#enable-unsafe-webgpu and chrome://flags/#enable-vulkan, then restart it.'
      : 'Update Chrome or Edge to 113 or later, turn on "Use graphics acceleration when available" in its system settings, and restart it.'
  if (/Safari\//.test(userAgent)) return 'Safari has WebGPU from version 26 on: update the system, or use Chrome or Edge.'
  return 'Open this page in a current Chrome, Edge, Firefox or Safari.'
}
