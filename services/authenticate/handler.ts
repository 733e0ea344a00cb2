import * as z from 'zod';
import { authenticateFrame } from '#shared/contract/frames.ts';
import { readEnvironment } from '#shared/environment.ts';
import { Deadlines } from '#shared/storage/deadlines.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { tokenVerifier } from '../authorize/verify-token.ts';
import { frameHandler } from '../websocket/frame-handler.ts';
import { authenticate } from './authenticate.ts';

const { TOKEN_ISSUER, TOKEN_CLIENT_ID, CONNECTIONS_TABLE } = readEnvironment({
  TOKEN_ISSUER: z.url(),
  TOKEN_CLIENT_ID: z.string(),
  CONNECTIONS_TABLE: z.string(),
});
const verify = tokenVerifier(TOKEN_ISSUER, TOKEN_CLIENT_ID);
const deadlines = new Deadlines(openDocuments(), CONNECTIONS_TABLE);

export const handler = frameHandler(authenticateFrame, async (frame, caller) =>
  authenticate(frame, caller, { verify, deadlines }, Date.now()),
);
