import { Logger } from '@aws-lambda-powertools/logger';

/** The one logger: JSON lines with the stage's name, its level by POWERTOOLS_LOG_LEVEL. */
export const logger = new Logger();
