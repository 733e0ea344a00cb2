import { z } from 'zod';
import { arn, physicalName } from '../aws.ts';
import { ignored, parseProperties, unsupported } from '../template/properties.ts';
import type { Providers } from '../template/provider.ts';
import { stableUuid } from '../template/stable-uuid.ts';

export interface Dashboard {
  name: string;
  arn: string;
  /** JSON, as the template says it. */
  body: string;
  /** Milliseconds since the epoch. */
  modifiedAt: number;
}

/** A Logs Insights query that a stack saved. */
export interface QueryDefinition {
  id: string;
  name: string;
  queryString: string;
  logGroupNames: string[];
}

/** A Contributor Insights rule. */
export interface InsightRule {
  name: string;
  /** JSON, as the template says it. */
  body: string;
  enabled: boolean;
}

/** What CloudWatch keeps for whoever looks at it. By name, and queries by id. */
export class Kept {
  readonly dashboards = new Map<string, Dashboard>();
  readonly queryDefinitions = new Map<string, QueryDefinition>();
  readonly insightRules = new Map<string, InsightRule>();

  readonly providers: Providers = {
    'AWS::CloudWatch::Dashboard': (resource) => {
      const { DashboardName, DashboardBody } = parseProperties(resource, dashboardProperties);
      const name = DashboardName ?? physicalName(resource.stack, resource.logicalId);
      if (!isJson(DashboardBody)) throw unsupported(resource, 'DashboardBody', 'it is not JSON');
      const dashboardArn = arn('cloudwatch', `dashboard/${name}`);
      this.dashboards.set(name, { name, arn: dashboardArn, body: DashboardBody, modifiedAt: Date.now() });
      return { ref: name };
    },
    'AWS::Logs::QueryDefinition': (resource) => {
      const { Name, QueryString, LogGroupNames } = parseProperties(resource, queryProperties);
      const id = stableUuid(`${resource.stack}/${resource.logicalId}`);
      this.queryDefinitions.set(id, {
        id,
        name: Name,
        queryString: QueryString,
        logGroupNames: LogGroupNames,
      });
      return { ref: id, attributes: { QueryDefinitionId: id } };
    },
    'AWS::CloudWatch::InsightRule': (resource) => {
      const { RuleName, RuleBody, RuleState } = parseProperties(resource, insightProperties);
      if (!isJson(RuleBody)) throw unsupported(resource, 'RuleBody', 'it is not JSON');
      this.insightRules.set(RuleName, { name: RuleName, body: RuleBody, enabled: RuleState === 'ENABLED' });
      return {
        ref: RuleName,
        attributes: { Arn: arn('cloudwatch', `insight-rule/${RuleName}`), RuleName },
      };
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Whoever asked says so, with the resource's name.
    return false;
  }
}

const dashboardProperties = z.strictObject({
  DashboardName: z.string().optional(),
  DashboardBody: z.string(),
  Tags: ignored,
});

const queryProperties = z.strictObject({
  Name: z.string(),
  QueryString: z.string(),
  LogGroupNames: z.array(z.string()).default([]),
  QueryLanguage: z.literal('CWLI').optional(),
  Parameters: ignored,
});

const insightProperties = z.strictObject({
  RuleName: z.string(),
  RuleBody: z.string(),
  RuleState: z.enum(['ENABLED', 'DISABLED']),
  ApplyOnTransformedLogs: ignored,
  Tags: ignored,
});
