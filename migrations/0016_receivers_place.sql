ALTER TABLE `telemetry_exporters` ADD `region` text;--> statement-breakpoint
ALTER TABLE `webhooks` ADD `keys` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `webhooks` ADD `region` text;