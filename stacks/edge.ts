import { Fn, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { HttpApi, type IApi, WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** The WebSocket API's stage, and so its path: API Gateway takes a socket at the stage's path alone. */
export const webSocketStageName = 'ws';

/**
 * The addresses: both APIs, still empty, the page's bucket, and the one domain in front of all three. It comes before
 * everything that must know the domain (the app client's callback URL above all), so that one `cdk deploy --all` does.
 */
export class EdgeStack extends Stack {
  readonly webSocketApi: WebSocketApi;
  readonly httpApi: HttpApi;
  readonly site: Bucket;
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.webSocketApi = new WebSocketApi(this, 'WebSocketApi', {
      apiName: 'fanfare-websocket',
      routeSelectionExpression: '$request.body.action',
    });
    this.httpApi = new HttpApi(this, 'HttpApi', { apiName: 'fanfare-http', createDefaultStage: false });
    this.site = new Bucket(this, 'Site', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // It holds nothing that the next deployment does not bring.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.site).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'It holds the public page, and only the distribution reads it: an access log would tell nothing',
    });
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Fanfare: the page, /api/* and /ws',
      defaultRootObject: 'index.html',
      priceClass: PriceClass.PRICE_CLASS_100,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.site),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
      },
      additionalBehaviors: {
        '/api/*': this.#apiBehavior(this.httpApi),
        [`/${webSocketStageName}`]: this.#apiBehavior(this.webSocketApi),
      },
    });
    Validations.of(this.distribution).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-CFR1',
        reason: 'Who may chat is decided by sign-in, not by country; a deployer who must can restrict it',
      },
      {
        id: 'AwsSolutions::AwsSolutions-CFR2',
        reason:
          'WAF costs by the month and sees no WebSocket frame; API Gateway throttles, authorizers refuse',
      },
      {
        id: 'AwsSolutions::AwsSolutions-CFR3',
        reason: 'Both APIs write access logs; what is left is the public page',
      },
      {
        id: 'AwsSolutions::AwsSolutions-CFR4',
        reason:
          "CloudFront's own domain takes no minimum TLS version: it needs a domain and certificate of one's own",
      },
    );
  }

  /** `https://` and the domain, without a slash. */
  get origin(): string {
    return `https://${this.distribution.domainName}`;
  }

  #apiBehavior(api: IApi): BehaviorOptions {
    return {
      origin: new HttpOrigin(Fn.join('', [api.apiId, '.execute-api.', this.region, '.', this.urlSuffix])),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      // API Gateway knows its APIs by their own host names.
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    };
  }
}
