/** Which planned storages share a buffer: two may when no dispatch from the first use of one to its last use lies within the life of the other. Needs no GPU. */
import type { Launch, Storage } from './launch.ts'

export interface MemoryPlan {
  /** Bytes of each shared buffer, largest first. */
  sizes: number[]
  /** Planned storage -> index into `sizes`. */
  place: Map<Storage, number>
}

interface Life {
  storage: Storage
  first: number
  last: number
}

function lives(launches: Launch[]): Life[] {
  const found = new Map<Storage, Life>()
  launches.forEach((launch, i) => {
    for (const region of Object.values(launch.regions)) {
      if (!region || region.storage.kind !== 'planned') continue
      const life = found.get(region.storage)
      if (life) life.last = i
      else found.set(region.storage, { storage: region.storage, first: i, last: i })
    }
  })
  for (const life of found.values()) if (life.storage.keep) life.last = launches.length
  return [...found.values()]
}

/** Greedy by size: each storage goes to the first buffer that is free for all its life. Since larger ones come first, a buffer never grows. */
export function planMemory(launches: Launch[]): MemoryPlan {
  const sizes: number[] = []
  const tenants: Life[][] = []
  const place = new Map<Storage, number>()
  const ordered = lives(launches).sort((a, b) => b.storage.bytes - a.storage.bytes || a.first - b.first)
  for (const life of ordered) {
    let index = tenants.findIndex((others) => others.every((o) => o.last < life.first || life.last < o.first))
    if (index < 0) {
      index = sizes.length
      sizes.push(life.storage.bytes)
      tenants.push([])
    }
    tenants[index].push(life)
    place.set(life.storage, index)
  }
  return { sizes, place }
}

/** Buffer sizes that serve every plan, one plan at a time: plans that never run together share their scratch memory. */
export function sharedSizes(plans: MemoryPlan[]): number[] {
  const count = Math.max(0, ...plans.map((p) => p.sizes.length))
  return Array.from({ length: count }, (_, i) => Math.max(...plans.map((p) => p.sizes[i] ?? 0)))
}
