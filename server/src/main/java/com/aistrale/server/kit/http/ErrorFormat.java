package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Problem;

/** How problems look on a part of the paths. */
public interface ErrorFormat {
    String contentType();

    byte[] render(Problem problem, String requestId);
}
