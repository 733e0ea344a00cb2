import { Command } from 'commander';
import { command, exit, run } from './command.ts';
import { cost } from './cost/cost.ts';
import { parseSince } from './cost/since.ts';
import { doctor } from './doctor/doctor.ts';
import { redrive } from './redrive/redrive.ts';
import { parseSeq } from './story/seq.ts';
import { story } from './story/story.ts';

const program = new Command('npm run ops --')
  .description('Operates Fanfare, on AWS or (with --local) on this machine.')
  .addHelpText(
    'after',
    `
On AWS, credentials and region are the AWS SDK's: AWS_PROFILE, AWS_REGION, aws sso login…
Exit codes: 0 all is well; 1 it is not, and the output says what; 2 the command could not be carried out.`,
  )
  .showHelpAfterError()
  .exitOverride(exit);

command(
  program,
  'redrive',
  'Brings what failed back to where it came from; without a queue, shows what failed',
)
  .argument('[queue]', 'a dead-letter queue or its queue, such as deliveries or fanfare-dispatch-dlq')
  .option('--dry-run', 'show counts and some messages, and move nothing')
  .action(redrive);

command(program, 'story', 'Tells what became of one message, stage by stage')
  .argument('<room>', "the room's id")
  .argument('<seq>', "the message's number in its room", parseSeq)
  .action(story);

command(program, 'cost', 'Counts calls, bytes, GB-seconds and requests, and prices a million deliveries')
  .option(
    '--since <time>',
    '30m, 6h or 7d ago, or a time in ISO 8601',
    (value) => parseSince(value),
    parseSince('1h'),
  )
  .action(cost);

command(program, 'doctor', 'Checks configuration, dead-letter queues, alarms and quotas').action(doctor);

await run(program);
