/** What is deleted, and when: by age, by end user, with a workspace; in batches that do not hold the writer. */
@NullMarked
package com.aistrale.server.telemetry.deletion;

import org.jspecify.annotations.NullMarked;
