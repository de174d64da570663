/** Types of chromium-flags.mjs, which runs without any tool. */
export const CHROMIUM_FLAGS: string[]
