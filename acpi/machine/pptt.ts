/** The PPTT of a machine: packages, clusters, processors and the caches of each. */

import type { Encodable } from '../struct.ts';
import { CacheType, Pptt, ppttOffsets, type TopologyNode } from '../tables/pptt.ts';
import type { Cache, Machine } from './description.ts';
import { headerNames } from './names.ts';

type Node = Encodable<typeof TopologyNode>;

const TYPE = {
  data: CacheType.Data,
  instruction: CacheType.Instruction,
  unified: CacheType.Unified,
} as const;

/** Nodes refer to one another by their place in the list until it is known where each stands. */
type Draft = (offsetOf: (place: number | undefined) => number) => Node;

/** Undefined where nothing is said of packages, clusters and caches. */
export function ppttOf(machine: Machine): Uint8Array | undefined {
  const { processors, caches = [] } = machine;
  const told = processors.some((each) => each.package !== undefined || each.cluster !== undefined);
  if (!told && caches.length === 0) return undefined;
  const drafts = new Topology(machine).drafts;
  const offsets = ppttOffsets(drafts.map((draft) => draft(() => 0)));
  const offsetOf = (place: number | undefined) => (place === undefined ? 0 : offsets[place]!);
  return Pptt.encode({ ...headerNames(machine), nodes: drafts.map((draft) => draft(offsetOf)) });
}

class Topology {
  readonly drafts: Draft[] = [];
  readonly #caches: readonly Cache[];
  /** Packages and clusters by their numbers. */
  readonly #packages = new Map<string, Group>();
  readonly #clusters = new Map<string, Group>();
  #lastId = 0;

  constructor({ processors, caches = [] }: Machine) {
    // The outermost caches are told first, as those of inner levels name them.
    this.#caches = [...caches].sort((a, b) => b.level - a.level);
    processors.forEach((processor, index) => {
      const { package: packageId = 0, cluster } = processor;
      const outer = this.#group(this.#packages, `${packageId}`, undefined, 'package');
      const inner =
        cluster === undefined
          ? outer
          : this.#group(this.#clusters, `${packageId}.${cluster}`, outer, 'cluster');
      this.#add({ uid: processor.uid ?? index, above: inner, of: 'processor' });
    });
  }

  #group(known: Map<string, Group>, key: string, above: Group | undefined, of: 'package' | 'cluster'): Group {
    const found = known.get(key);
    if (found !== undefined) return found;
    const group = this.#add({ uid: undefined, above, of });
    known.set(key, group);
    return group;
  }

  /** Adds a node with the caches that it has of its own. */
  #add({ uid, above, of }: { uid: number | undefined; above: Group | undefined; of: Cache['of'] }): Group {
    const reached = new Map(above?.caches);
    const own: number[] = [];
    for (const cache of this.#caches) {
      if (cache.of !== of) continue;
      const next = nextLevel(reached, cache.level);
      own.push(this.drafts.length);
      const cacheId = ++this.#lastId;
      this.drafts.push((offsetOf) => cacheNode(cache, cacheId, offsetOf(next)));
      // Of two first-level caches either leads on to the same next one.
      reached.set(cache.level, this.drafts.length - 1);
    }
    const place = this.drafts.length;
    this.drafts.push((offsetOf) => ({
      kind: 'processor',
      flags: {
        physicalPackage: of === 'package',
        processorIdValid: uid !== undefined,
        leaf: of === 'processor',
        identicalImplementation: true,
      },
      parent: offsetOf(above?.place),
      processorId: uid ?? 0,
      privateResources: own.map(offsetOf),
    }));
    return { place, caches: reached };
  }
}

/** A node, and by level the nearest cache that what is below it reaches. */
interface Group {
  readonly place: number;
  readonly caches: ReadonlyMap<number, number>;
}

/** The cache of the nearest higher level. */
function nextLevel(reached: ReadonlyMap<number, number>, level: number): number | undefined {
  for (let next = level + 1; next <= 4; next++) {
    const place = reached.get(next);
    if (place !== undefined) return place;
  }
  return undefined;
}

function cacheNode(cache: Cache, cacheId: number, nextLevelOffset: number): Node {
  return {
    kind: 'cache',
    flags: {
      sizeValid: true,
      setsValid: true,
      associativityValid: true,
      cacheTypeValid: true,
      lineSizeValid: true,
      cacheIdValid: true,
    },
    nextLevel: nextLevelOffset,
    cacheSize: cache.size,
    sets: cache.sets,
    associativity: cache.ways,
    attributes: { cacheType: TYPE[cache.type] },
    lineSize: cache.lineSize,
    cacheId,
  };
}
