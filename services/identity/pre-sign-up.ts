import type { PreSignUpTriggerEvent } from 'aws-lambda';

/**
 * Confirms new users at once, for deployments that chose it (`autoConfirmUsers`): nobody waits for an e-mail.
 * The address is not verified then, so it is not marked as such.
 */
export const handler = async (event: PreSignUpTriggerEvent): Promise<PreSignUpTriggerEvent> => {
  event.response.autoConfirmUser = true;
  return event;
};
