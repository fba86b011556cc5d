/** What the parts of a provider's probe share. */
import type { ProviderCheck } from '../vocabulary/providers.js';
import type { LibrarySearch } from './libraries.js';

/** Everything that a probe looks at. Tests give folders of their own. */
export interface ProbeContext {
  readonly runtime: { readonly name: string; readonly version: string };
  /** What the runtime's listSupportedBackends() says. */
  readonly backends: readonly { readonly name: string; readonly bundled: boolean }[];
  /** The folder of the runtime's native library, where its provider libraries belong. */
  readonly folder: string;
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that stands for the root of the file system: "/". */
  readonly root: string;
  readonly search: LibrarySearch;
}

/** What looking at a provider told, beside its checks. */
export interface Looked {
  readonly checks: readonly ProviderCheck[];
  readonly device?: string | null;
  readonly software?: boolean;
  readonly driver?: string | null;
}
