import { z } from 'zod';
import { arn, stableId } from '../aws.ts';
import { ignored, parseProperties } from '../template/properties.ts';
import type { Providers } from '../template/provider.ts';
import type { AsyncConfiguration } from './async-invocations.ts';
import { type FunctionConfiguration, functionConfiguration } from './function-configuration.ts';

/** What the providers make their resources in. */
interface Registry {
  register(configuration: FunctionConfiguration): void;
  configureAsync(fn: string, configuration: AsyncConfiguration): void;
}

/** The `AWS::Lambda::…` resources that the local cloud plays. */
export function lambdaProviders(registry: Registry, assetPath: (s3Key: string) => string): Providers {
  return {
    'AWS::Lambda::Function': (resource) => {
      const configuration = functionConfiguration(resource, assetPath);
      registry.register(configuration);
      return { ref: configuration.name, attributes: { Arn: configuration.arn } };
    },

    'AWS::Lambda::EventInvokeConfig': (resource) => {
      const properties = parseProperties(resource, eventInvokeConfigProperties);
      const age = properties.MaximumEventAgeInSeconds;
      registry.configureAsync(properties.FunctionName, {
        maximumRetryAttempts: properties.MaximumRetryAttempts,
        maximumEventAgeMs: age === undefined ? undefined : age * 1_000,
        onFailureArn: properties.DestinationConfig?.OnFailure?.Destination,
      });
      return { ref: stableId(`${resource.stack}/${resource.logicalId}`, 12) };
    },

    'AWS::Lambda::Version': (resource) => {
      const { FunctionName } = parseProperties(resource, versionProperties);
      const versionArn = `${arn('lambda', `function:${functionName(FunctionName)}`)}:1`;
      return { ref: versionArn, attributes: { FunctionArn: versionArn, Version: '1' } };
    },

    'AWS::Lambda::Alias': (resource) => {
      const { FunctionName, Name } = parseProperties(resource, aliasProperties);
      const aliasArn = `${arn('lambda', `function:${functionName(FunctionName)}`)}:${Name}`;
      return { ref: aliasArn, attributes: { AliasArn: aliasArn } };
    },
  };
}

/** A function's name, of its name or ARN, with or without a version or alias. Here all of them are `$LATEST`. */
export function functionName(nameOrArn: string): string {
  const unqualified = /^(?:arn:[^:]*:lambda:[^:]*:[^:]*:function:)?([^:]+)(?::[^:]+)?$/.exec(nameOrArn);
  return unqualified?.[1] ?? nameOrArn;
}

const eventInvokeConfigProperties = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.string(),
  MaximumRetryAttempts: z.coerce.number().int().min(0).max(2).optional(),
  MaximumEventAgeInSeconds: z.coerce.number().int().min(60).max(21_600).optional(),
  DestinationConfig: z
    .strictObject({ OnFailure: z.strictObject({ Destination: z.string() }).optional() })
    .optional(),
});

const versionProperties = z.strictObject({
  FunctionName: z.string(),
  Description: ignored,
  CodeSha256: ignored,
  // Environments start on demand here.
  ProvisionedConcurrencyConfig: ignored,
});

const aliasProperties = z.strictObject({
  FunctionName: z.string(),
  FunctionVersion: z.string(),
  Name: z.string(),
  Description: ignored,
  ProvisionedConcurrencyConfig: ignored,
});
