/** Rules for the PPTT: ACPI 6.5, section 5.2.30. */

import type { Decoded } from '../../struct.ts';
import type { Pptt, TopologyNode } from '../../tables/pptt.ts';
import { kinds } from '../finding.ts';
import type { Report } from '../report.ts';

export const PPTT = kinds('specification', 'ACPI 6.5, 5.2.30', {
  PPTT_PARENT: { severity: 'error', meaning: 'The parent of a processor node is no processor node' },
  PPTT_RESOURCE: { severity: 'error', meaning: 'A private resource or cache of the next level is not there' },
  PPTT_LOOP: { severity: 'error', meaning: 'A node is above itself' },
  PPTT_LEAF_WITHOUT_ID: {
    severity: 'error',
    meaning: 'A leaf has no processor id: no processor is found by it',
  },
  PPTT_DUPLICATE_PROCESSOR: { severity: 'error', meaning: 'Two leaves have one processor id' },
  PPTT_CACHE_ID: { severity: 'error', meaning: 'A cache id is 0 or that of another cache' },
});

type Node = Decoded<typeof TopologyNode>;
type Nodes = ReadonlyMap<number, Node>;

export function checkPptt(report: Report, { nodes }: Decoded<typeof Pptt>): void {
  const byOffset = new Map<number, Node>();
  const offsets = nodes.map((node, i) => {
    const { offset } = report.places.get(`nodes[${i}]`) ?? { offset: -1 };
    byOffset.set(offset, node);
    return offset;
  });
  const parents = new Set(nodes.flatMap((node) => (node.kind === 'processor' ? [node.parent] : [])));
  const ids = new Set<number>();
  const caches = new Set<number>();
  for (const [i, node] of nodes.entries()) {
    const path = `nodes[${i}]`;
    if (node.kind === 'processor') {
      if (node.parent !== 0 && byOffset.get(node.parent)?.kind !== 'processor')
        report.tell(PPTT.PPTT_PARENT, `${path}.parent`, `no processor node begins at ${node.parent}`);
      for (const [j, resource] of node.privateResources.entries())
        if (!isResource(byOffset.get(resource)))
          report.tell(PPTT.PPTT_RESOURCE, `${path}.privateResources[${j}]`, `no cache begins at ${resource}`);
      if (!parents.has(offsets[i]!)) {
        if (!node.flags.processorIdValid)
          report.tell(PPTT.PPTT_LEAF_WITHOUT_ID, `${path}.flags`, 'processorIdValid is clear');
        else if (ids.has(node.processorId))
          report.tell(
            PPTT.PPTT_DUPLICATE_PROCESSOR,
            `${path}.processorId`,
            `is ${node.processorId} once more`,
          );
        ids.add(node.processorId);
      }
      if (isLoop(offsets[i]!, byOffset, (each) => (each.kind === 'processor' ? each.parent : 0)))
        report.tell(PPTT.PPTT_LOOP, `${path}.parent`, 'leads back to the node');
    } else if (node.kind === 'cache') {
      if (node.nextLevel !== 0 && byOffset.get(node.nextLevel)?.kind !== 'cache')
        report.tell(PPTT.PPTT_RESOURCE, `${path}.nextLevel`, `no cache begins at ${node.nextLevel}`);
      if (isLoop(offsets[i]!, byOffset, (each) => (each.kind === 'cache' ? each.nextLevel : 0)))
        report.tell(PPTT.PPTT_LOOP, `${path}.nextLevel`, 'leads back to the cache');
      if (!node.flags.cacheIdValid || node.cacheId === undefined) continue;
      if (node.cacheId === 0 || caches.has(node.cacheId))
        report.tell(PPTT.PPTT_CACHE_ID, `${path}.cacheId`, `is ${node.cacheId}`);
      caches.add(node.cacheId);
    }
  }
}

function isResource(node: Node | undefined): boolean {
  return node !== undefined && node.kind !== 'processor';
}

/** Does going on from node to node lead back to the first? Each step is one node further, so at most all of them. */
function isLoop(start: number, nodes: Nodes, next: (node: Node) => number): boolean {
  let at = start;
  for (let steps = Math.min(nodes.size, 256); steps > 0; steps--) {
    const node = nodes.get(at);
    at = node === undefined ? 0 : next(node);
    if (at === 0) return false;
    if (at === start) return true;
  }
  return false;
}
