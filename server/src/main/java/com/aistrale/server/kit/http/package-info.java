/** HTTP in both directions, knowing no feature: serving, server-sent events, and calls to the outside. */
@NullMarked
package com.aistrale.server.kit.http;

import org.jspecify.annotations.NullMarked;
