@NullMarked
package com.aistrale.server.kit.http;

import org.jspecify.annotations.NullMarked;
