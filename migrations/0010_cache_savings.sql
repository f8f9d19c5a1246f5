ALTER TABLE `usage_hourly` ADD `cache_hits` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `usage_hourly` ADD `cache_saved_usd_nanos` integer DEFAULT 0 NOT NULL;