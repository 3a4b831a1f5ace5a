@NullMarked
package com.aistrale.server.wire.models;

import org.jspecify.annotations.NullMarked;
