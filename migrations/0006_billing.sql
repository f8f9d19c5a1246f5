CREATE TABLE `anomalies` (
	`organization_id` text NOT NULL,
	`scope` text NOT NULL,
	`scope_id` text NOT NULL,
	`hour_ms` integer NOT NULL,
	`id` text NOT NULL,
	`spent_usd_nanos` integer NOT NULL,
	`expected_usd_nanos` integer NOT NULL,
	`score` real NOT NULL,
	`basis` text NOT NULL,
	`detected_at_ms` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `hour_ms`, `scope`, `scope_id`)
);
--> statement-breakpoint
CREATE TABLE `reconciliations` (
	`organization_id` text NOT NULL,
	`id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`summary` text NOT NULL,
	`rows` text NOT NULL,
	PRIMARY KEY(`organization_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `reconciliations_by_time` ON `reconciliations` (`organization_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `statements` (
	`organization_id` text NOT NULL,
	`month` text NOT NULL,
	`statement` text NOT NULL,
	`frozen_at_ms` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `month`)
);
--> statement-breakpoint
CREATE TABLE `__new_usage_hourly` (
	`organization_id` text NOT NULL,
	`hour_ms` integer NOT NULL,
	`project_id` text NOT NULL,
	`key_id` text NOT NULL,
	`user_id` text NOT NULL,
	`model` text NOT NULL,
	`provider` text NOT NULL,
	`status_class` text NOT NULL,
	`split_arm` text DEFAULT '' NOT NULL,
	`connection_id` text DEFAULT '' NOT NULL,
	`door` text DEFAULT '' NOT NULL,
	`requests` integer NOT NULL,
	`errors` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cache_read_tokens` integer NOT NULL,
	`cache_write_tokens` integer NOT NULL,
	`cache_write_1h_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`input_audio_tokens` integer NOT NULL,
	`output_audio_tokens` integer NOT NULL,
	`cost_usd_nanos` integer NOT NULL,
	`platform_fee_usd_nanos` integer NOT NULL,
	`savings_usd_nanos` integer NOT NULL,
	`unpriced_requests` integer NOT NULL,
	`estimated_requests` integer NOT NULL,
	`latency_ms_sum` integer NOT NULL,
	`ttft_ms_sum` integer NOT NULL,
	`ttft_count` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `hour_ms`, `key_id`, `model`, `provider`, `status_class`, `project_id`, `user_id`, `split_arm`, `connection_id`, `door`)
);
--> statement-breakpoint
INSERT INTO `__new_usage_hourly`("organization_id", "hour_ms", "project_id", "key_id", "user_id", "model", "provider", "status_class", "split_arm", "connection_id", "door", "requests", "errors", "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "input_audio_tokens", "output_audio_tokens", "cost_usd_nanos", "platform_fee_usd_nanos", "savings_usd_nanos", "unpriced_requests", "estimated_requests", "latency_ms_sum", "ttft_ms_sum", "ttft_count") SELECT "organization_id", "hour_ms", "project_id", "key_id", "user_id", "model", "provider", "status_class", "split_arm", '', '', "requests", "errors", "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "input_audio_tokens", "output_audio_tokens", "cost_usd_nanos", "platform_fee_usd_nanos", "savings_usd_nanos", "unpriced_requests", "estimated_requests", "latency_ms_sum", "ttft_ms_sum", "ttft_count" FROM `usage_hourly`;--> statement-breakpoint
DROP TABLE `usage_hourly`;--> statement-breakpoint
ALTER TABLE `__new_usage_hourly` RENAME TO `usage_hourly`;
