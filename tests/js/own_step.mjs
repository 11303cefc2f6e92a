/** A layer of the page's own: a step that TensorFlow.js has no layer for. */
export const ownStep = (tf, className) =>
  class extends tf.layers.Layer {
    static className = className;
    constructor(name, run) {
      super({ name });
      this.run = run;
    }
    call(inputs) {
      return tf.tidy(() => this.run(Array.isArray(inputs) ? inputs[0] : inputs));
    }
    computeOutputShape(shape) {
      return shape;
    }
  };
