import { describeProvider } from '../provider-test-bed.ts';
import { huggingface } from './index.ts';

describeProvider(huggingface, {
  recordings: ['huggingface'],
  unpriced: 'Each model costs what the provider behind the router asks for it.',
});
