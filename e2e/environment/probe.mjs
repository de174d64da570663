/**
 * Run as a process of its own, since the Vulkan loader reads its driver once: prints `{"vendor","architecture","device","description"}` of
 * the adapter that Dawn finds, or `null`.
 */
import { create } from 'webgpu'

// Dawn crashes when this object is collected before the process ends.
globalThis.gpu = create([])
const adapter = await globalThis.gpu.requestAdapter()
const { vendor, architecture, device, description } = adapter?.info ?? {}
console.log(JSON.stringify(adapter ? { vendor, architecture, device, description } : null))
