import { describeProvider } from '../provider-test-bed.ts';
import { vllm } from './index.ts';

describeProvider(vllm, {
  recordings: ['vllm'],
  unpriced: 'It runs on machines of its owner, and nobody sends a bill.',
});
