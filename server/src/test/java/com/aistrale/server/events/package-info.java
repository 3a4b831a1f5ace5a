@NullMarked
package com.aistrale.server.events;

import org.jspecify.annotations.NullMarked;
