/** rasvm's version: package.json's, here so that the bundle reads no file; a unit test holds the two equal. */
export const VERSION = '0.1.0';
