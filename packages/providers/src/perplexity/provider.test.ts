import { describeProvider } from '../provider-test-bed.ts';
import { perplexity } from './index.ts';

describeProvider(perplexity, { recordings: ['perplexity'] });
