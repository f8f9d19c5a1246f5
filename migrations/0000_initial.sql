CREATE TABLE `audit` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`target_type` text NOT NULL,
	`target_id` text NOT NULL,
	`before` text,
	`after` text
);
--> statement-breakpoint
CREATE INDEX `audit_by_time` ON `audit` (`organization_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `connections` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`provider` text NOT NULL,
	`name` text NOT NULL,
	`base_url` text NOT NULL,
	`credential_ciphertext` text NOT NULL,
	`wrapped_data_key` text NOT NULL,
	`master_key_id` text NOT NULL,
	`models` text,
	`weight` integer DEFAULT 1 NOT NULL,
	`enabled` integer DEFAULT 1 NOT NULL,
	`timeouts` text DEFAULT '{}' NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `connections_by_organization` ON `connections` (`organization_id`);--> statement-breakpoint
CREATE TABLE `keys` (
	`key_id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`project_id` text,
	`name` text NOT NULL,
	`environment` text NOT NULL,
	`secret_hash` text NOT NULL,
	`previous_secret_hash` text,
	`previous_expires_at_ms` integer,
	`state` text NOT NULL,
	`expires_at_ms` integer,
	`settings` text NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`rotated_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `keys_by_time` ON `keys` (`organization_id`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `organizations` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`settings` text DEFAULT '{}' NOT NULL,
	`config_version` integer DEFAULT 1 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `price_overrides` (
	`organization_id` text NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`prices` text NOT NULL,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `provider`, `model`)
);
--> statement-breakpoint
CREATE TABLE `projects` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `projects_by_name` ON `projects` (`organization_id`,`name`);--> statement-breakpoint
CREATE TABLE `traces` (
	`organization_id` text NOT NULL,
	`request_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`project_id` text,
	`key_id` text NOT NULL,
	`user_id` text,
	`session_id` text,
	`provider` text,
	`model` text,
	`status` integer NOT NULL,
	`cost_usd_nanos` integer,
	`record` text NOT NULL,
	PRIMARY KEY(`organization_id`, `request_id`)
);
--> statement-breakpoint
CREATE INDEX `traces_by_time` ON `traces` (`organization_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `usage_hourly` (
	`organization_id` text NOT NULL,
	`hour_ms` integer NOT NULL,
	`project_id` text NOT NULL,
	`key_id` text NOT NULL,
	`user_id` text NOT NULL,
	`model` text NOT NULL,
	`provider` text NOT NULL,
	`status_class` text NOT NULL,
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
	PRIMARY KEY(`organization_id`, `hour_ms`, `key_id`, `model`, `provider`, `status_class`, `project_id`, `user_id`)
);
