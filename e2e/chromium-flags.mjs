/**
 * Switches of a Chromium with WebGPU: those of CHROMIUM_FLAGS on a machine with a GPU, else SwiftShader on the processor, as CI has it. For an extension that sets workgroup
 * memory to zero SwiftShader compiles a store for every word, which takes longer than all else of a kernel: without it Dawn writes a loop that does the same. In Node
 * src/cli/adapter.ts leaves it out likewise.
 */
export const CHROMIUM_FLAGS = process.env.CHROMIUM_FLAGS?.split(' ') ?? [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension',
]
