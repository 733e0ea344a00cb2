import { existsSync, realpathSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RuntimeError } from './runtime-errors.ts';

export type Handler = (event: unknown, context: unknown) => unknown;

/**
 * Imports the module that `handler` (`folder/file.export`) names and returns its export.
 * @throws RuntimeError as Node.js on Lambda reports it, or whatever the module itself throws.
 */
export async function loadHandler(taskRoot: string, handler: string): Promise<Handler> {
  const [, path, exportPath] = /^((?:.*\/)?[^/.]+)\.([^/]+)$/.exec(handler) ?? [];
  if (!path || !exportPath) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');

  const exported = exportPath.split('.').reduce<unknown>(property, await importModule(taskRoot, path));
  if (exported === undefined)
    throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  if (!isHandler(exported)) throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is not a function`);
  if (exported.length > 2)
    throw new RuntimeError(
      'Runtime.CallbackHandlerDeprecated',
      `${handler} takes a callback, which Lambda no longer calls from Node.js 24 on; make it an async function`,
    );
  return exported;
}

async function importModule(taskRoot: string, path: string): Promise<unknown> {
  const file = ['.js', '.mjs', '.cjs'].map((extension) => join(taskRoot, path + extension)).find(existsSync);
  if (!file) throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${path}'`);
  keepInside(taskRoot);
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError('Runtime.UserCodeSyntaxError', `${error}`);
    if (isNotFound(error)) throw new RuntimeError('Runtime.ImportModuleError', `${error}`);
    throw error;
  }
}

/**
 * Makes packages that the bundle left out fail as they would on AWS, although Node finds them in this project's own
 * node_modules above the bundle. The SDK is part of Lambda's runtime and may be found.
 */
function keepInside(taskRoot: string): void {
  const root = pathToFileURL(realpathSync(taskRoot) + sep).href;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const leaves = resolved.url.startsWith('file:') && !resolved.url.startsWith(root);
      if (!leaves || !context.parentURL?.startsWith(root) || /^@(aws-sdk|smithy)\//.test(specifier))
        return resolved;
      const error = new Error(`Cannot find package '${specifier}' imported from ${context.parentURL}`);
      throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });
}

/** Of a CommonJS module, Node lists only the exports that it can tell without running it; `default` has them all. */
function property(value: unknown, name: string): unknown {
  if (!isRecord(value)) return undefined;
  return name in value ? value[name] : isRecord(value.default) ? value.default[name] : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' || typeof value === 'function') && value !== null;

const isHandler = (value: unknown): value is Handler => typeof value === 'function';

const isNotFound = (error: unknown) =>
  isRecord(error) && (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND');
