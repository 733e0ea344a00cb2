import { describe, expect, it } from 'vitest';
import { type AlarmRule, evaluationRange, judge, type TreatMissingData } from './alarm-state.ts';

const treatments: TreatMissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];

/** `0 - X`: within the threshold, missing, breaching; oldest first. */
function range(picture: string) {
  return picture
    .split(' ')
    .map((mark, at) => ({ at, value: mark === '-' ? undefined : mark === 'X' ? 10 : 0 }));
}

function judged(picture: string, datapointsToAlarm: number) {
  return treatments.map((treatMissingData) => {
    const rule: AlarmRule = {
      evaluationPeriods: 3,
      datapointsToAlarm,
      treatMissingData,
      breaches: (value) => value > 5,
    };
    return judge(range(picture), rule).state ?? 'as before';
  });
}

describe('an alarm whose three latest data points must all breach', () => {
  it.each([
    // picture, missing, ignore, breaching, notBreaching
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', 'as before', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'as before', 'ALARM', 'OK'],
    // Too early to say: the next may be good.
    ['- - - - X', 'OK', 'as before', 'ALARM', 'OK'],
    ['- - - X -', 'OK', 'as before', 'ALARM', 'OK'],
    ['X X 0 X X', 'OK', 'OK', 'OK', 'OK'],
    ['0 0 X X X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ])('%s', (picture, ...states) => {
    expect(judged(picture, 3)).toEqual(states);
  });
});

describe('an alarm for two out of three', () => {
  it.each([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'as before', 'ALARM', 'OK'],
    ['X X 0 0 X', 'OK', 'OK', 'OK', 'OK'],
  ])('%s', (picture, ...states) => {
    expect(judged(picture, 2)).toEqual(states);
  });
});

describe('what is told of the evaluation', () => {
  const rule: AlarmRule = {
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: 'breaching',
    breaches: (value) => value > 5,
  };

  it('is the newest data points that exist, and how many had to be filled in', () => {
    expect(judge(range('0 X - 0 X'), rule)).toMatchObject({
      real: [{ at: 4 }, { at: 3 }, { at: 1 }],
      filled: 0,
    });
    expect(judge(range('- - - - X'), rule)).toMatchObject({ real: [{ at: 4 }], breaching: 1, filled: 2 });
  });

  it('comes from a range that is wider than the evaluation', () => {
    expect(evaluationRange(3)).toBe(5);
  });
});
