import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Makes this thread's stack traces show the sources that bundles were made of: what `--enable-source-maps` does, less
 * its price. Node reads the map of every module as it is loaded, and keeps it: 15 ms and 5 MB for each of our functions,
 * of which most never have a stack to show. Here a map is read for a stack, and dropped with the next garbage.
 */
export function mapStacks(): void {
  Error.prepareStackTrace = (error, frames) => {
    const places = frames.map(placeOf);
    const lines = frames.map((frame, index) => {
      const place = places[index];
      if (!place) return `    at ${frame}`;
      // A minified function goes by the name that its caller's source calls it.
      const name = places[index + 1]?.name ?? frame.getFunctionName();
      return name ? `    at ${name} (${place.source})` : `    at ${place.source}`;
    });
    return [describe(error), ...lines].join('\n');
  };
}

function describe(error: Error): string {
  try {
    return String(error);
  } catch {
    // Its own `name`, `message` or `toString` throws; a stack must not.
    return 'Error';
  }
}

/** Where a frame is in the sources; undefined where no map says so. */
function placeOf(frame: NodeJS.CallSite): { source: string; name: string | undefined } | undefined {
  const url = frame.getFileName();
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (!url?.startsWith('file:') || line === null || column === null) return undefined;
  const found = mapOf(url);
  const origin = found?.map.findEntry(line - 1, column - 1);
  if (!found || !origin || !('originalSource' in origin)) return undefined;
  // What @types/node 24 does not know of: the identifier at that place, where minifying changed it.
  const name = 'name' in origin && typeof origin.name === 'string' ? origin.name : undefined;
  const source = new URL(origin.originalSource, found.url);
  const path = source.protocol === 'file:' ? fileURLToPath(source) : source.href;
  return { source: `${path}:${origin.originalLine + 1}:${origin.originalColumn + 1}`, name };
}

interface ModuleMap {
  map: SourceMap;
  /** What the paths of its sources are relative to. */
  url: string;
}

/** By a module's URL; null where it has none. */
const maps = new Map<string, WeakRef<ModuleMap> | null>();

function mapOf(url: string): ModuleMap | undefined {
  const known = maps.get(url);
  const map = known === null ? undefined : (known?.deref() ?? readMap(url));
  if (known !== null) maps.set(url, map ? new WeakRef(map) : null);
  return map;
}

function readMap(moduleUrl: string): ModuleMap | undefined {
  try {
    const comment = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(
      readFileSync(fileURLToPath(moduleUrl), 'utf8'),
    )?.[1];
    if (comment === undefined) return undefined;
    const [, data] = /^data:application\/json;base64,(.*)$/.exec(comment) ?? [];
    const url = new URL(data === undefined ? comment : '', moduleUrl);
    const json = data === undefined ? readFileSync(url, 'utf8') : Buffer.from(data, 'base64').toString();
    return { map: new SourceMap(JSON.parse(json)), url: url.href };
  } catch {
    // No map that can be read: the stack shows the bundle, as Node's own does then.
    return undefined;
  }
}
