import { describe, expect, it } from 'vitest';
import { soundSecondsMax } from './sound-length.ts';

const ascii = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));

function fileOf(head: number[], size: number): Blob {
  const bytes = new Uint8Array(size);
  bytes.set(head);
  return new Blob([bytes]);
}

function wav(format: number, channels: number, rate: number, bits: number, size: number): Blob {
  const head = new DataView(new ArrayBuffer(44));
  ascii('RIFF____WAVEfmt ').forEach((code, at) => void head.setUint8(at, code));
  head.setUint16(20, format, true);
  head.setUint16(22, channels, true);
  head.setUint32(24, rate, true);
  head.setUint16(34, bits, true);
  return fileOf([...new Uint8Array(head.buffer)], size);
}

/** MPEG 1, layer 3, 128 kbit/s, 44.1 kHz, stereo. */
const MP3 = [0xff, 0xfb, 0x90, 0x00];

describe('the most that a sound can last', () => {
  it('is exact for samples as they are', async () => {
    expect(await soundSecondsMax(wav(1, 1, 16_000, 16, 96_000))).toBe(3);
    expect(await soundSecondsMax(wav(3, 2, 48_000, 32, 384_000 * 7))).toBe(7);
  });

  it('is not believed of a header about compressed samples, or about none', async () => {
    expect(await soundSecondsMax(wav(17, 1, 16_000, 16, 50_000))).toBe(100);
    expect(await soundSecondsMax(wav(1, 0, 0, 0, 50_000))).toBe(100);
  });

  it('follows the bit rate of an MP3, behind its tag too', async () => {
    expect(await soundSecondsMax(fileOf(MP3, 160_000))).toBe(10);
    const tag = [...ascii('ID3'), 4, 0, 0, 0, 0, 1, 0];
    expect(await soundSecondsMax(fileOf([...tag, ...new Array<number>(128).fill(0), ...MP3], 160_138))).toBe(
      10,
    );
  });

  it('follows the frames of an MP3 of varying rate', async () => {
    const frames = [0, 0, 0x0f, 0xa0];
    const head = [...MP3, ...new Array<number>(32).fill(0), ...ascii('Xing'), 0, 0, 0, 1, ...frames];
    // 4,000 frames of 1,152 samples at 44.1 kHz.
    expect(await soundSecondsMax(fileOf(head, 10_000))).toBe(105);
  });

  it('follows the samples of a FLAC', async () => {
    const head = [...ascii('fLaC'), 0, 0, 0, 34, ...new Array<number>(10).fill(0)];
    // 16 kHz in 20 bits, then 36 bits of 160,000 samples.
    head.push(0x03, 0xe8, 0x00, 0x00, 0x00, 0x02, 0x71, 0x00);
    expect(await soundSecondsMax(fileOf(head, 5_000))).toBe(10);
  });

  it('is the size at the least rate for all that is unknown, and never nothing', async () => {
    expect(await soundSecondsMax(fileOf(ascii('OggS'), 30_000))).toBe(60);
    expect(await soundSecondsMax(new Blob([]))).toBe(1);
  });
});
