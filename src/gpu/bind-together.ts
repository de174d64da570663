/**
 * Launches that follow one another bound by one bind group. To change the bindings of a dispatch costs the host about as much as the dispatch itself, and where kernels
 * take microseconds, as in generation, the host is what takes longest. So the launches of a layer get one list of bindings between them: each kernel's text is rewritten for
 * its numbers, and what lies in one storage is one binding. Kernels of layers that are alike are written alike, and so compiled once.
 */
import type { Limits } from './device.ts'
import type { Binding, Kernel } from './kernel.ts'
import type { Launch, Region, Storage } from './launch.ts'
import { replaceElements, withoutComments } from './shader-text.ts'

/** One binding of the group: a stretch of a storage. */
interface Slot {
  storage: Storage
  /** Of what is only read the role in the kernels, so that weights that lie together are one binding, and vectors elsewhere another. */
  role: string
  written: boolean
  first: number
  end: number
}

/** Names of a launch's bindings -> their slots; null where the variant leaves one unused. */
type Places = Map<string, { slot: number; region: Region } | null>

interface Group {
  launches: Launch[]
  slots: Slot[]
  places: Places[]
}

const DECLARATION = /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(?:read|read_write)>\s*(\w+)\s*:\s*([^;]+);/g
const ALIAS = /\balias\s+(\w+)\s*=\s*(\w+)\s*;/g
const WORDS: Readonly<Record<string, number>> = { f32: 1, u32: 1, vec4f: 4 }

const used = ({ kernel, regions }: Launch): [Binding, Region | null][] =>
  kernel.bindings.map((binding) => {
    const region = regions[binding.name]
    if (region === undefined) throw new Error(`${kernel.name} needs the binding ${binding.name}.`)
    return [binding, region]
  })

/** Adds a launch to a group, or says that it does not fit with the others there. */
function added(group: Group, launch: Launch, written: ReadonlySet<Storage>, roles: Roles, limits: BindLimits): Group | undefined {
  const slots = group.slots.map((slot) => ({ ...slot }))
  const places: Places = new Map()
  for (const [{ name }, region] of used(launch)) {
    if (!region) {
      places.set(name, null)
      continue
    }
    const { storage, offset } = region
    const end = offset + region.bytes
    const role = written.has(storage) ? '' : (roles[name] ?? '')
    let at = slots.findIndex(
      (s) => s.storage === storage && s.role === role && Math.max(s.end, end) - Math.min(s.first, offset) <= limits.binding,
    )
    if (at < 0) at = slots.push({ storage, role, written: written.has(storage), first: offset, end }) - 1
    slots[at].first = Math.min(slots[at].first, offset)
    slots[at].end = Math.max(slots[at].end, end)
    places.set(name, { slot: at, region })
  }
  if (slots.length > limits.storageBuffers) return undefined
  return { launches: [...group.launches, launch], slots, places: [...group.places, places] }
}

/** A kernel's text with the group's bindings. */
function rewritten(kernel: Kernel, slots: readonly Slot[], places: Places): string {
  const code = withoutComments(kernel.code)
  const aliases = new Map([...code.matchAll(ALIAS)].map(([, name, type]) => [name, type]))
  const types = new Map([...code.matchAll(DECLARATION)].map(([, , name, type]) => [name, type.trim()]))
  const elementOf = (name: string): string => /^array<(\w+)>$/.exec(types.get(name) ?? '')?.[1] ?? ''
  /** slot -> the first of the names that lie there, which stands for all. */
  const owners = new Map<number, string>()
  const texts = new Map<string, (index: string) => string>()
  for (const [name, place] of places) {
    const element = elementOf(name)
    if (!place) {
      if (element) texts.set(name, () => `${element}()`)
      continue
    }
    const { slot, region } = place
    const bytes = region.offset - slots[slot].first
    const owner = owners.get(slot) ?? name
    owners.set(slot, owner)
    if (types.get(owner) !== types.get(name))
      throw new Error(`${kernel.name} sees one storage as ${types.get(owner)} and as ${types.get(name)}.`)
    if (owner === name && bytes === 0) continue
    const words = WORDS[aliases.get(element) ?? element]
    if (!words) throw new Error(`${kernel.name} cannot find its ${name} within another binding.`)
    const offset = bytes / 4 / words
    texts.set(name, (index) => `${owner}[${offset > 0 ? `${offset}u + (${index})` : index}]`)
  }
  const declared = code.replaceAll(DECLARATION, (text, number: string, name: string, type: string) => {
    const place = places.get(name)
    // What only other entry points use gets a number of its own.
    if (place === undefined) return text.replace(`@binding(${number})`, `@binding(${slots.length + Number(number)})`)
    // Unused: elements are zeros where they are read, and so is a struct.
    if (!place) return elementOf(name) ? '' : `var<private> ${name}: ${type};`
    if (owners.get(place.slot) !== name) return ''
    return `@group(0) @binding(${place.slot}) var<storage, ${slots[place.slot].written ? 'read_write' : 'read'}> ${name}: ${type};`
  })
  return replaceElements(declared, [...texts.keys()], (name, index) => texts.get(name)?.(index) ?? '')
}

const kernels = new Map<string, Kernel>()

function finished({ launches, slots, places }: Group): Launch[] {
  const name = (slot: number): string => `slot ${slot}`
  const bindings = slots.map(({ written }, index): Binding => ({ name: name(index), index, access: written ? 'read_write' : 'read' }))
  const regions = Object.fromEntries(
    slots.map(({ storage, first, end }, i): [string, Region] => [name(i), { storage, offset: first, bytes: end - first }]),
  )
  return launches.map((launch, i) => {
    const code = rewritten(launch.kernel, slots, places[i])
    const key = `${launch.kernel.name} ${JSON.stringify(bindings)} ${code}`
    let kernel = kernels.get(key)
    if (!kernel) kernels.set(key, (kernel = { ...launch.kernel, code, bindings }))
    return { ...launch, kernel, regions }
  })
}

export type BindLimits = Pick<Limits, 'binding' | 'storageBuffers'>

/** Roles by the names that kernels give their bindings. */
export type Roles = Readonly<Record<string, string>>

/**
 * The launches, bound together as far as the device's limits go; neighbours share one object of regions, by which a plan knows them. A launch that has parameters, or uses
 * planned memory, stays as it is. A binding may be read and written by one launch here, if it reads no element that another invocation writes. Throws when a kernel sees one
 * written storage as two types.
 */
export function bindTogether(launches: readonly Launch[], roles: Roles, limits: BindLimits): Launch[] {
  const result: Launch[] = []
  const fits = ({ kernel, regions }: Launch): boolean =>
    kernel.paramsIndex === undefined && Object.values(regions).every((region) => region?.storage.kind !== 'planned')
  const written = new Set(
    launches
      .filter(fits)
      .flatMap((launch) => used(launch).flatMap(([{ access }, region]) => (region && access === 'read_write' ? [region.storage] : []))),
  )
  const empty: Group = { launches: [], slots: [], places: [] }
  let group = empty
  const close = (): void => {
    result.push(...finished(group))
    group = empty
  }
  for (const launch of launches) {
    if (!fits(launch)) {
      close()
      result.push(launch)
      continue
    }
    let larger = added(group, launch, written, roles, limits)
    if (!larger) {
      close()
      larger = added(group, launch, written, roles, limits)
    }
    if (!larger)
      throw new Error(`${launch.kernel.name} binds more storage buffers than the ${limits.storageBuffers} that this device allows.`)
    group = larger
  }
  close()
  return result
}
