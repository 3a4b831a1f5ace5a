@NullMarked
package com.aistrale.server.providers.demo;

import org.jspecify.annotations.NullMarked;
