import { describeProvider } from '../provider-test-bed.ts';
import { llamaCpp } from './index.ts';

describeProvider(llamaCpp, {
  recordings: ['llamacpp'],
  unpriced: 'It runs on machines of its owner, and nobody sends a bill.',
});
