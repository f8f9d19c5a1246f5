import { describeProvider } from '../provider-test-bed.ts';
import { bedrock } from './index.ts';

describeProvider(bedrock, { recordings: ['bedrock'] });
