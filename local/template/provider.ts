/** A resource of a synthesized template as its provider sees it: every intrinsic function is evaluated. */
export interface Resource {
  stack: string;
  logicalId: string;
  type: string;
  properties: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/** What a created resource answers to `Ref` and `Fn::GetAtt`. */
export interface Created {
  ref: string;
  attributes?: Record<string, string>;
}

/** Makes one resource real. Called in dependency order, once a deployment. */
export type Provider = (resource: Resource) => Created | Promise<Created>;

/** Providers by CloudFormation resource type (`AWS::SQS::Queue`). Each part of the local cloud brings its own. */
export type Providers = Record<string, Provider>;

/** The template asks for something that the local cloud does not play. `message` is one sentence that names it. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
}
