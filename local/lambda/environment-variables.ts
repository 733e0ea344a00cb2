import { region } from '../aws.ts';
import { compileCache } from './code-store.ts';
import type { FunctionConfiguration } from './function-configuration.ts';

/**
 * Everything that a function finds in `process.env`, which is what it would find on AWS and nothing of the host's.
 * @param extra what the local cloud adds: endpoints and credentials
 */
export function environmentVariables(
  fn: FunctionConfiguration,
  logStream: string,
  extra: Record<string, string>,
): Record<string, string> {
  const { NODE_OPTIONS, ...variables } = fn.variables;
  return {
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...variables,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_LAMBDA_LOG_FORMAT: fn.logFormat,
    ...(fn.applicationLogLevel && { AWS_LAMBDA_LOG_LEVEL: fn.applicationLogLevel }),
    LAMBDA_TASK_ROOT: fn.taskRoot ?? '',
    _HANDLER: fn.handler,
    ...extra,
    // Read by Node as the thread starts, then removed by environment.ts: without it, each environment would spend
    // 20 ms and 12 MB on stripping the types from our own worker files, and would compile the bundle anew.
    NODE_COMPILE_CACHE: compileCache,
  };
}
