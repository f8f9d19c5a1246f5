import { describeProvider } from '../provider-test-bed.ts';
import { ollama } from './index.ts';

describeProvider(ollama, {
  recordings: ['ollama'],
  unpriced: 'It runs on machines of its owner, and nobody sends a bill.',
});
