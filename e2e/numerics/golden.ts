/** The command line's `grads`, `replay`, `heads`, `drop` and `intervene` in a browser: files come in and go out as base64, so that the same checks judge both. */
import { openGpu } from '../../src/gpu/device.ts'
import { readModelFolder } from '../../src/io/folder.ts'
import { writeSafetensors, type WritableTensor } from '../../src/io/safetensors.ts'
import { gradsOf, lossUnder, measureHeads, measureLayers, replay, type ShapedBatch } from '../../src/lab/batch-runs.ts'
import { parseChanges } from '../../src/model/changes.ts'
import { createMachine } from '../../src/model/machine.ts'

export interface GoldenRequest {
  what: string
  limits: 'adapter' | 'default'
  /** The model folder: name -> base64. */
  folder: Record<string, string>
  batches: { tokens: number[][]; targets: number[][] }[]
  rate: number
  changes: unknown[]
}

export interface GoldenAnswer {
  /** What the command line prints. */
  lines: object[]
  /** The safetensors file that it writes, as base64. */
  out?: string
}

declare global {
  interface Window {
    golden?: (request: GoldenRequest) => Promise<GoldenAnswer>
  }
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))

function base64Of(tensors: Iterable<readonly [string, WritableTensor]>): string {
  let text = ''
  for (const byte of writeSafetensors(tensors)) text += String.fromCharCode(byte)
  return btoa(text)
}

export async function golden(request: GoldenRequest): Promise<GoldenAnswer> {
  const files = new Map(Object.entries(request.folder).map(([name, text]) => [name, bytesOf(text)]))
  const { config, parameters } = readModelFolder(files, 'golden')
  const batches = request.batches.map(({ tokens, targets }): ShapedBatch => ({
    B: tokens.length,
    T: tokens[0].length,
    tokens: Uint32Array.from(tokens.flat()),
    targets: Int32Array.from(targets.flat()),
  }))
  const gpu = await openGpu(navigator.gpu, { limits: request.limits })
  const machine = createMachine(gpu, config)
  machine.load(parameters)
  try {
    switch (request.what) {
      case 'grads': {
        const { loss, tensors } = await gradsOf(machine, batches[0])
        return { lines: [{ loss }], out: base64Of(tensors) }
      }
      case 'replay': {
        const lines = []
        for await (const line of replay(machine, batches, request.rate)) lines.push(line)
        const after = [...(await machine.readPack('parameters'))].map(([name, tensor]) => [`after.${name}`, tensor] as const)
        return { lines, out: base64Of(after) }
      }
      case 'heads':
        return { lines: await measureHeads(machine, batches[0]) }
      case 'drop':
        return { lines: await measureLayers(machine, batches[0]) }
      case 'intervene': {
        const lines = []
        for (const change of request.changes)
          lines.push({ change, loss: await lossUnder(machine, batches[0], parseChanges(change, config)) })
        return { lines }
      }
      default:
        throw new Error(`The page has no command "${request.what}".`)
    }
  } finally {
    machine.dispose()
    gpu.device.destroy()
  }
}
