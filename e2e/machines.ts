/** Machines of a test file, disposed of after its last test. */
import { afterAll } from 'vitest'
import type { ModelConfig } from '../src/model/config.ts'
import type { Parameters } from '../src/model/initialise.ts'
import { createMachine, type Machine } from '../src/model/machine.ts'
import { gpuOfTests } from './engine.ts'

const machines: Machine[] = []
afterAll(() => {
  for (const machine of machines) machine.dispose()
})

/** With weights of one's own. */
export async function machineOf(config: ModelConfig, parameters: Parameters): Promise<Machine> {
  const machine = createMachine(await gpuOfTests(), config)
  machine.load(parameters)
  machines.push(machine)
  return machine
}
