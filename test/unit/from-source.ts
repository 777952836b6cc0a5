/** Options of a Node.js process of a test's own that loads modules of the source: the test itself may be in a bundle. */
export const FROM_SOURCE = ['--conditions=rasvm-source', '--import', 'tsx'] as const;
