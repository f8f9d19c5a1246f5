CREATE TABLE `telemetry_exporters` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`endpoint` text NOT NULL,
	`protocol` text NOT NULL,
	`signals` text NOT NULL,
	`sample_ratio` real NOT NULL,
	`capture_content` integer DEFAULT 0 NOT NULL,
	`private_allowed` integer DEFAULT 0 NOT NULL,
	`enabled` integer DEFAULT 1 NOT NULL,
	`header_names` text DEFAULT '[]' NOT NULL,
	`headers_ciphertext` text NOT NULL,
	`wrapped_data_key` text NOT NULL,
	`master_key_id` text NOT NULL,
	`last_error` text,
	`failing_since_ms` integer,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `telemetry_exporters_by_organization` ON `telemetry_exporters` (`organization_id`);