import { describeProvider } from '../provider-test-bed.ts';
import { cohere } from './index.ts';

describeProvider(cohere, { recordings: ['cohere'] });
