import { describe, expect, it } from 'vitest';
import { readRouting } from '../../../src/runtime/apis/chat.js';
import { inputModalityFamily } from '../../../src/runtime/signals/input-modality.js';
import { issuesOf, outcome } from './fake-request.js';

const request = (...parts: unknown[]) =>
  readRouting(
    {
      messages: [
        { role: 'user', content: parts },
        { role: 'user', content: 'and now?' },
      ],
    },
    'auto',
    0,
  );
const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
const sound = { type: 'input_audio', input_audio: { data: '', format: 'wav' } };
const film = { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } };

describe('the input-modality signal', () => {
  it.each([
    [{ name: 'image' }, [image], 'matched'],
    [{ name: 'image' }, [sound], 'not_matched'],
    [{ name: 'audio' }, [sound], 'matched'],
    [{ name: 'video' }, [film], 'matched'],
    [{ name: 'plain', text: true, image: false, audio: false, video: false }, [], 'matched'],
    [{ name: 'plain', image: false }, [image], 'not_matched'],
    [{ name: 'seen', modality: 'image' }, [image], 'matched'],
    [{ name: 'seen', modalities: ['image', 'video'] }, [image], 'not_matched'],
    [{ name: 'both', image: true, audio: true }, [image], 'not_matched'],
    [{ name: 'both', image: true, audio: true }, [image, sound], 'matched'],
  ])('of %j is judged by all messages', async (rule, parts, status) => {
    expect((await outcome(inputModalityFamily, rule, request(...parts))).status).toBe(status);
  });

  it('asks for something', () => {
    expect(issuesOf(inputModalityFamily, { name: 'vision' })[0]).toMatch(/image: true/);
    expect(issuesOf(inputModalityFamily, { name: 'image' }, { name: 'x', video: false })).toEqual([]);
  });
});
