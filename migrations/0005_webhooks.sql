CREATE TABLE `dead_events` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`event_type` text NOT NULL,
	`body` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `dead_events_by_time` ON `dead_events` (`organization_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`webhook_id` text NOT NULL,
	`event_type` text NOT NULL,
	`payload` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_at_ms` integer,
	`last_status` integer,
	`last_error` text,
	`last_duration_ms` integer,
	`at_ms` integer NOT NULL,
	`delivered_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_time` ON `webhook_deliveries` (`organization_id`,`webhook_id`,`at_ms`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`webhook_id`,`next_at_ms`) WHERE next_at_ms IS NOT NULL;--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`url_shown` text NOT NULL,
	`format` text NOT NULL,
	`events` text DEFAULT '[]' NOT NULL,
	`private_allowed` integer DEFAULT 0 NOT NULL,
	`enabled` integer DEFAULT 1 NOT NULL,
	`disabled_reason` text,
	`secrets_ciphertext` text NOT NULL,
	`wrapped_data_key` text NOT NULL,
	`master_key_id` text NOT NULL,
	`previous_secret_expires_at_ms` integer,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `webhooks_by_organization` ON `webhooks` (`organization_id`);--> statement-breakpoint
CREATE INDEX `keys_by_expiry` ON `keys` (`expires_at_ms`) WHERE expires_at_ms IS NOT NULL;