import { describe, expect, it } from 'vitest';
import { eventFamily } from '../../../src/runtime/signals/event.js';
import { issuesOf, outcome } from './fake-request.js';

const status = async (rule: Record<string, unknown>, text: string) =>
  (await outcome(eventFamily, { name: 'e', ...rule }, text)).status;

describe('the event signal', () => {
  it('finds kinds of events however their names are joined', async () => {
    const rule = { event_types: ['payment_failed', 'outage'] };
    for (const text of ['A payment failed again', 'code: PAYMENT-FAILED', 'payment_failed', 'An outage!']) {
      expect(await status(rule, text)).toBe('matched');
    }
    for (const text of ['The payment has not failed', 'outages', 'route']) {
      expect(await status(rule, text)).toBe('not_matched');
    }
  });

  it('finds codes as they are written, in any case', async () => {
    const rule = { action_codes: ['E-1042', 'ROLL_BACK'] };
    expect(await status(rule, 'got e-1042 from the pump')).toBe('matched');
    expect(await status(rule, 'got E-10421 from the pump')).toBe('not_matched');
    expect(await status(rule, 'roll back')).toBe('not_matched');
  });

  it.each([
    ['critical', 'This is a critical issue in production'],
    ['critical', 'CRITICAL: database is down'],
    ['critical', 'The failure of the cooling pump is critical.'],
    ['critical', 'We have a SEV1 on checkout'],
    ['critical', 'p0 incident, page somebody'],
    ['critical', '{"severity": "critical"}'],
    ['critical', 'Critical security vulnerability found'],
    ['high', 'High-severity alert from the firewall'],
    ['high', 'The priority of this ticket is high'],
    ['high', '[HIGH] disk almost full'],
    ['high', 'severity=high host=db1'],
    ['high', 'Please treat as high priority'],
    ['medium', 'Severity: medium'],
    ['medium', 'Risk level: medium'],
    ['high', 'open a P2 ticket for this'],
    ['low', 'low priority, whenever you have time'],
    ['low', 'P4: typo in the footer'],
  ])('sees that the severity is %s: %s', async (severity, text) => {
    expect(await status({ severities: [severity] }, text)).toBe('matched');
  });

  it.each([
    ['critical', 'Teach me critical thinking'],
    ['critical', 'Write a critical review of the novel'],
    ['critical', 'What is the critical path method?'],
    ['critical', 'Sleep is critical to health'],
    ['critical', 'What is Critical Security Studies?'],
    ['critical', 'Care of critically ill patients'],
    ['high', 'Patients at high risk of falls'],
    ['high', 'The points P1 and P2 lie on a line'],
    ['high', 'How high is Mount Everest?'],
    ['high', 'My son starts high school'],
    ['high', 'A high resolution picture of a cat'],
    ['medium', 'I would like my steak medium rare'],
    ['medium', 'Post it on Medium'],
    ['low', 'low-carb recipes'],
    ['low', 'Why are interest rates so low?'],
    ['low', 'Explain low-level programming'],
  ])('is not misled by %s in: %s', async (severity, text) => {
    expect(await status({ severities: [severity] }, text)).toBe('not_matched');
  });

  it.each([
    'This is urgent',
    'We need an answer ASAP',
    'Please respond immediately!',
    'The deadline is Friday',
    'A time-sensitive request',
    'Do it right now',
    'I need the report now',
    'Fix this now!',
    'restart the server now.',
    'It must be back within 30 minutes',
    'We have a critical window of two hours',
    'Immediate action required',
    'The offer expires tomorrow',
    'Immediately shut down the pump',
    'Please call me back right away',
    'This is an emergency',
    'Es ist dringend',
    '这很紧急',
  ])('hears that it cannot wait: %s', async (text) => {
    expect(await status({ temporal: true }, text)).toBe('matched');
  });

  it.each([
    'What should I read now that I know Python?',
    'The landlord immediately sold the house',
    'He was brought to the emergency department',
    'what is my thermostat set to right now',
    'Due today are ten payments of 5 dollars',
    'By now everybody has a phone',
    'I know now why it failed',
    'It works for now.',
    'Who lives in their immediate family home?',
    'The immediate predecessor of Queen Victoria',
    'What is happening now in world politics?',
    'Explain insurgents in history',
    'From now on speak French',
    'How many days are in a leap year?',
  ])('does not hear haste in: %s', async (text) => {
    expect(await status({ temporal: true }, text)).toBe('not_matched');
  });

  it('needs one criterion, is the surer the more hold, and says what it found', async () => {
    const rule = { event_types: ['outage'], severities: ['critical', 'high'], temporal: true };
    const parsed = { name: 'e', ...rule };
    expect(await outcome(eventFamily, parsed, 'an outage')).toEqual({
      status: 'matched',
      score: 0.5 + 0.5 / 3,
      value: 1,
      evidence: ['outage'],
    });
    expect(await outcome(eventFamily, parsed, 'Urgent: outage, severity high')).toEqual({
      status: 'matched',
      score: 1,
      value: 3,
      evidence: ['outage', 'severity high', 'urgent'],
    });
    expect(await outcome(eventFamily, parsed, 'hello')).toEqual({ status: 'not_matched', value: 0 });
  });

  it('stays linear on texts made to be slow', async () => {
    const rule = {
      name: 'e',
      event_types: ['outage'],
      severities: ['critical', 'high', 'medium', 'low'],
      temporal: true,
    };
    for (const piece of [
      'fix a ',
      'need a ',
      'critical a ',
      'severity is ',
      'please a ',
      'need need ',
      'immediate ',
      '- - ',
      'now ',
    ]) {
      expect((await outcome(eventFamily, rule, piece.repeat(20_000))).status).toBeDefined();
    }
  });

  it('refuses rules that can never match', () => {
    expect(issuesOf(eventFamily, { name: 'e' })).toHaveLength(1);
    expect(issuesOf(eventFamily, { name: 'e', event_types: [' '] })).toHaveLength(1);
    expect(issuesOf(eventFamily, { name: 'e', severities: ['fatal'] })).toHaveLength(1);
  });
});
