/*
 * base_log: the log file, for the people who look after cockpit.
 *
 * Lower floors log at debug only and return errors; the floor that decides
 * logs once. Foreign text goes through text_safe() first. Nothing is written
 * until log_open(); the audit log is another thing.
 */
#ifndef COCKPIT_BASE_LOG_H
#define COCKPIT_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct err;

/* Appends to path (0600); stops at 16 MiB with one last line. */
int log_open(const char *path, enum log_level max, struct err *err);
void log_close(void);
void log_write(enum log_level level, const char *module, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Each file that logs defines LOG_MODULE first. */
#define log_error(...) log_write(LOG_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, LOG_MODULE, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, LOG_MODULE, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, LOG_MODULE, __VA_ARGS__)

#endif
