import { createServer } from 'node:http';
import { z } from 'zod';

/**
 * A process that answers every post as API Gateway does when all is well, with its headers, and keeps nothing. Told
 * `{ delayMs }`, it takes so long from then on.
 */
let delayMs = 0;
process.on('message', (message) => {
  ({ delayMs } = z.object({ delayMs: z.number() }).parse(message));
});

const server = createServer({ keepAlive: true }, (request, response) => {
  response.setHeader('x-amzn-RequestId', '8f4c1d7e-4d2b-4b62-9a60-6c9f7d7c4e11');
  response.setHeader('x-amz-apigw-id', 'Pabc123DoAMEvxQ=');
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', '0');
  request.resume().on('end', () => {
    if (delayMs === 0) response.end();
    else setTimeout(() => response.end(), delayMs);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object')
    process.send?.({ endpoint: `http://127.0.0.1:${address.port}/ws` });
});
